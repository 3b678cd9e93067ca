"""``portcall demo``: both ends of a delivery on one machine, over real sockets."""
