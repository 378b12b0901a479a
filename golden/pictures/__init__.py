"""Pictures: reading and writing them, luma and chroma, bicubic resizing, and the frames that networks are compared on."""
