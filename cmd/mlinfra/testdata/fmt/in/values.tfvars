region="us-east-1"
tags={
Name="x"
Environment="prod"   # c
}
zones=["a","b"]
