"""What records the SDK of each destination, by its slug."""

from . import advertising, analytics, crm, messaging, work

MODULES = (advertising, analytics, crm, messaging, work)
RECORDERS = {
    name.replace("_", "-"): made
    for module in MODULES
    for name, made in vars(module).items()
    if getattr(made, "__module__", "") == module.__name__ and not name.startswith("_")
}
