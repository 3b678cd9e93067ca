"""From events to outcomes: filter, map, check, group, send, and send again what may be sent again."""
