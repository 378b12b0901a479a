"""Random legal networks through the executors, against the golden model; what differed once is kept in found/."""
