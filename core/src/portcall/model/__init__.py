"""Values that cross the plugin border: frozen, and none does I/O."""
