"""Mappings: from an event to the payload of an action, compatible with Segment's mapping kit."""
