"""How a stage is trained: images, losses of a batch, the loop."""
