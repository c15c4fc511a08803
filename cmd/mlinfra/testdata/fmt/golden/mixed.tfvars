a   = 1
b   = 2
ccc = 3
