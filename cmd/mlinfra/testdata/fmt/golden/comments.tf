#    a comment
//another
/* block
   comment */
resource "aws_vpc" "x" { # after the brace
  # indented wrong
  cidr_block         = "10.0.0.0/16" // trailing
  enable_dns_support = true          # aligned
  tags               = { Name = "x" } /* inline */

  # last


  # after blanks
}
# end of file
