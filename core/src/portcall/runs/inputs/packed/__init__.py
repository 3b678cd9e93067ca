"""Text that is packed, unpacked as it is read: gzip, zstd, and zip with one file in it."""
