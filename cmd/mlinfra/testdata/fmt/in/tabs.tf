resource	"r"	"x"	{
	a	=	1
		bb=2	# x
	c = "a	b"
}
