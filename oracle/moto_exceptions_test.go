package oracle

// exception is what moto cannot judge of a type: a subtest, examples that
// contain a text, or what a regular expression matches in examples, for which
// another text may stand in.
type exception struct {
	typ     string
	subtest string
	example string
	old     string
	instead string
	why     string
}

// allCrashes are all subtests that cut runs.
const allCrashes = "crashes"

// exceptions are all of them; docs/oracles.md repeats the reasons.
var exceptions = []exception{
	{
		typ: "aws_db_subnet_group", example: `description = "Databases of the ML platform."`,
		why: "ModifyDBSubnetGroup takes the group out of its table and does not put it back.",
	},
	{
		typ: "aws_iam_role_policy_attachment", old: `"arn:aws:iam::aws:policy/(\w+)"\n\}`, instead: `aws_iam_policy.$1.arn
}

resource "aws_iam_policy" "$1" {
  name   = "$1"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}`,
		why: "It has the policies of AWS only when asked, which costs a second in each new account.",
	},
	{
		typ: "aws_db_subnet_group", subtest: "a foreign twin",
		why: "CreateDBSubnetGroup puts a second group in the place of one that has the name.",
	},
	{
		typ: "aws_ebs_volume", subtest: "lost answers",
		why: "CreateVolume makes another volume for the same ClientToken.",
	},
	{
		typ: "aws_eip", subtest: allCrashes,
		why: "Its last example has an instance; see there.",
	},
	{
		typ: "aws_instance", subtest: allCrashes,
		why: "RunInstances makes another instance for the same ClientToken, and the filter client-token fails with 500.",
	},
	{
		typ: "aws_nat_gateway", subtest: allCrashes,
		why: "CreateNatGateway makes another gateway for the same ClientToken.",
	},
	{
		typ: "aws_route", subtest: allCrashes,
		why: "Its examples have a route table and a NAT gateway; see there.",
	},
	{
		typ: "aws_route_table", subtest: "lost answers",
		why: "CreateRouteTable makes another table for the same ClientToken.",
	},
	{
		typ: "aws_route_table_association", subtest: "lost answers",
		why: "Its examples have a route table; see there.",
	},
	{
		typ: "aws_volume_attachment", subtest: allCrashes,
		why: "Its examples have an instance; see there.",
	},
	{
		typ: "aws_instance", old: `  monitoring        = true\n`,
		why: "MonitorInstances is not implemented.",
	},
	{
		typ: "aws_instance", old: `  user_data         = .*\n`,
		why: "ModifyInstanceAttribute decodes user data twice; the SDK encodes it once, as the reference has it.",
	},
	{
		typ: "aws_s3_bucket_lifecycle_configuration", old: ` +(newer_noncurrent_versions|object_size_greater_than) += \d+\n`,
		why: "NewerNoncurrentVersions of an expiration and sizes of objects are not kept.",
	},
	{
		typ: "aws_subnet", old: `  private_dns_hostname_type_on_launch = "resource-name"\n`,
		why: "ModifySubnetAttribute knows three of its attributes and says yes to all others.",
	},
}
