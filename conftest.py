"""Every test of the repository has the fixtures that plugin authors have."""

pytest_plugins = ["portcall.testing.pytest_plugin"]
