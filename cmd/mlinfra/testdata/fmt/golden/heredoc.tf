resource "r" "x" {
  script = <<EOT
  keep   this    spacing
	and tabs
EOT
  other  = <<-EOT
      indented ${var.x}
        more %{if x}y%{endif}
    EOT
  call = join("\n", [<<A
one
A
    , <<-B
   two
   B
  ])
  longname = 1
  x = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Action = ["s3:*",
        "ec2:*"
      ]
      Effect = "Allow"
      },
    { Action = "x" }]
  })
}
