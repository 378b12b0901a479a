"""What all commands share: how one is found and run by `sr2fpga`, how it ends, and the network that it is for."""
