package fake

import (
	"strings"
	"time"
)

const managedPrefix = "arn:aws:iam::aws:policy/"

// managed are policies of AWS that every account sees: those of instances and
// containers, and the broad ones. The real list is much longer.
var managed = []struct{ path, name, version, created, document string }{
	{"/service-role/", "AWSLambdaBasicExecutionRole", "v1", "2015-04-09T15:03:43Z",
		`{"Statement":[{"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/service-role/", "AWSLambdaVPCAccessExecutionRole", "v3", "2016-02-11T23:15:26Z",
		`{"Statement":[{"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DescribeSubnets","ec2:DeleteNetworkInterface","ec2:AssignPrivateIpAddresses","ec2:UnassignPrivateIpAddresses"],"Effect":"Allow","Resource":"*","Sid":"AWSLambdaVPCAccessExecutionPermissions"}],"Version":"2012-10-17"}`},
	{"/", "AdministratorAccess", "v1", "2015-02-06T18:39:46Z",
		`{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonEC2ContainerRegistryPowerUser", "v3", "2015-12-21T17:05:33Z",
		`{"Statement":[{"Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:GetRepositoryPolicy","ecr:DescribeRepositories","ecr:ListImages","ecr:DescribeImages","ecr:BatchGetImage","ecr:GetLifecyclePolicy","ecr:GetLifecyclePolicyPreview","ecr:ListTagsForResource","ecr:DescribeImageScanFindings","ecr:InitiateLayerUpload","ecr:UploadLayerPart","ecr:CompleteLayerUpload","ecr:PutImage"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonEC2ContainerRegistryPullOnly", "v1", "2024-10-04T16:58:49Z",
		`{"Statement":[{"Action":["ecr:GetAuthorizationToken","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer","ecr:BatchImportUpstreamImage"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonEC2ContainerRegistryReadOnly", "v3", "2015-12-21T17:04:15Z",
		`{"Statement":[{"Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:GetRepositoryPolicy","ecr:DescribeRepositories","ecr:ListImages","ecr:DescribeImages","ecr:BatchGetImage","ecr:GetLifecyclePolicy","ecr:GetLifecyclePolicyPreview","ecr:ListTagsForResource","ecr:DescribeImageScanFindings"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonEC2FullAccess", "v5", "2015-02-06T18:40:15Z",
		`{"Statement":[{"Action":"ec2:*","Effect":"Allow","Resource":"*"},{"Action":"elasticloadbalancing:*","Effect":"Allow","Resource":"*"},{"Action":"cloudwatch:*","Effect":"Allow","Resource":"*"},{"Action":"autoscaling:*","Effect":"Allow","Resource":"*"},{"Action":"iam:CreateServiceLinkedRole","Condition":{"StringEquals":{"iam:AWSServiceName":["autoscaling.amazonaws.com","ec2scheduled.amazonaws.com","elasticloadbalancing.amazonaws.com","spot.amazonaws.com","spotfleet.amazonaws.com","transitgateway.amazonaws.com"]}},"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonEC2ReadOnlyAccess", "v5", "2015-02-06T18:40:17Z",
		`{"Statement":[{"Action":["ec2:Describe*","ec2:GetSecurityGroupsForVpc"],"Effect":"Allow","Resource":"*"},{"Action":"elasticloadbalancing:Describe*","Effect":"Allow","Resource":"*"},{"Action":["cloudwatch:ListMetrics","cloudwatch:GetMetricStatistics","cloudwatch:Describe*"],"Effect":"Allow","Resource":"*"},{"Action":"autoscaling:Describe*","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/service-role/", "AmazonECSTaskExecutionRolePolicy", "v1", "2017-11-16T18:48:22Z",
		`{"Statement":[{"Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:BatchGetImage","logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonEKSWorkerNodePolicy", "v3", "2018-05-27T21:09:01Z",
		`{"Statement":[{"Action":["ec2:DescribeInstances","ec2:DescribeInstanceTypes","ec2:DescribeRouteTables","ec2:DescribeSecurityGroups","ec2:DescribeSubnets","ec2:DescribeVolumes","ec2:DescribeVolumesModifications","ec2:DescribeVpcs","eks:DescribeCluster","eks-auth:AssumeRoleForPodIdentity"],"Effect":"Allow","Resource":"*","Sid":"WorkerNodePermissions"}],"Version":"2012-10-17"}`},
	{"/", "AmazonEKS_CNI_Policy", "v6", "2018-05-27T21:07:42Z",
		`{"Statement":[{"Action":["ec2:AssignPrivateIpAddresses","ec2:AttachNetworkInterface","ec2:CreateNetworkInterface","ec2:DeleteNetworkInterface","ec2:DescribeInstances","ec2:DescribeTags","ec2:DescribeNetworkInterfaces","ec2:DescribeInstanceTypes","ec2:DescribeSubnets","ec2:DescribeSecurityGroups","ec2:DetachNetworkInterface","ec2:ModifyNetworkInterfaceAttribute","ec2:UnassignPrivateIpAddresses"],"Effect":"Allow","Resource":"*","Sid":"AmazonEKSCNIPolicy"},{"Action":["ec2:CreateTags"],"Effect":"Allow","Resource":["arn:aws:ec2:*:*:network-interface/*"],"Sid":"AmazonEKSCNIPolicyENITag"}],"Version":"2012-10-17"}`},
	{"/service-role/", "AmazonRDSEnhancedMonitoringRole", "v1", "2015-11-11T19:58:29Z",
		`{"Statement":[{"Action":["logs:CreateLogGroup","logs:PutRetentionPolicy"],"Effect":"Allow","Resource":["arn:aws:logs:*:*:log-group:RDS*"],"Sid":"EnableCreationAndManagementOfRDSCloudwatchLogGroups"},{"Action":["logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams","logs:GetLogEvents"],"Effect":"Allow","Resource":["arn:aws:logs:*:*:log-group:RDS*:log-stream:*"],"Sid":"EnableCreationAndManagementOfRDSCloudwatchLogStreams"}],"Version":"2012-10-17"}`},
	{"/", "AmazonS3FullAccess", "v2", "2015-02-06T18:40:58Z",
		`{"Statement":[{"Action":["s3:*","s3-object-lambda:*"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonS3ReadOnlyAccess", "v3", "2015-02-06T18:40:59Z",
		`{"Statement":[{"Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonSQSFullAccess", "v1", "2015-02-06T18:41:07Z",
		`{"Statement":[{"Action":["sqs:*"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonSSMManagedInstanceCore", "v2", "2019-03-15T17:22:12Z",
		`{"Statement":[{"Action":["ssm:DescribeAssociation","ssm:GetDeployablePatchSnapshotForInstance","ssm:GetDocument","ssm:DescribeDocument","ssm:GetManifest","ssm:GetParameter","ssm:GetParameters","ssm:ListAssociations","ssm:ListInstanceAssociations","ssm:PutInventory","ssm:PutComplianceItems","ssm:PutConfigurePackageResult","ssm:UpdateAssociationStatus","ssm:UpdateInstanceAssociationStatus","ssm:UpdateInstanceInformation"],"Effect":"Allow","Resource":"*"},{"Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Effect":"Allow","Resource":"*"},{"Action":["ec2messages:AcknowledgeMessage","ec2messages:DeleteMessage","ec2messages:FailMessage","ec2messages:GetEndpoint","ec2messages:GetMessages","ec2messages:SendReply"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "AmazonSSMReadOnlyAccess", "v1", "2015-05-29T17:44:19Z",
		`{"Statement":[{"Action":["ssm:Describe*","ssm:Get*","ssm:List*"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "CloudWatchAgentServerPolicy", "v3", "2018-03-07T01:06:44Z",
		`{"Statement":[{"Action":["cloudwatch:PutMetricData","ec2:DescribeVolumes","ec2:DescribeTags","logs:PutLogEvents","logs:PutRetentionPolicy","logs:DescribeLogStreams","logs:DescribeLogGroups","logs:CreateLogStream","logs:CreateLogGroup","xray:PutTraceSegments","xray:PutTelemetryRecords","xray:GetSamplingRules","xray:GetSamplingTargets","xray:GetSamplingStatisticSummaries"],"Effect":"Allow","Resource":"*","Sid":"CWACloudWatchServerPermissions"},{"Action":["ssm:GetParameter"],"Effect":"Allow","Resource":"arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*","Sid":"CWASSMServerPermissions"}],"Version":"2012-10-17"}`},
	{"/", "CloudWatchLogsFullAccess", "v8", "2015-02-06T18:40:02Z",
		`{"Statement":[{"Action":["logs:*","cloudwatch:GenerateQuery","cloudwatch:GenerateQueryResultsSummary","observabilityadmin:GetS3TableIntegration","observabilityadmin:ListS3TableIntegrations","observabilityadmin:ListTelemetryPipelines"],"Effect":"Allow","Resource":"*","Sid":"CloudWatchLogsFullAccess"}],"Version":"2012-10-17"}`},
	{"/", "IAMReadOnlyAccess", "v4", "2015-02-06T18:40:39Z",
		`{"Statement":[{"Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
	{"/", "PowerUserAccess", "v12", "2015-02-06T18:39:47Z",
		`{"Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Action":["account:GetAccountInformation","account:GetGovCloudAccountInformation","account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`},
}

// managedPolicies returns the policies of AWS.
func managedPolicies() table[*iamPolicy] {
	var out table[*iamPolicy]
	for _, m := range managed {
		at, err := time.Parse(time.RFC3339, m.created)
		if err != nil {
			panic(err) // the table is ours
		}
		id := "ANPA" + strings.ToUpper((m.name + "IAMMANAGEDPOLICY")[:16])
		p := &iamPolicy{iamMeta: iamMeta{Name: m.name, ID: id, Path: m.path, CreatedAt: at}, ARN: strings.TrimSuffix(managedPrefix, "/") + m.path + m.name, UpdatedAt: at}
		p.Versions = []*policyVersion{{ID: m.version, Document: m.document, Default: true, CreatedAt: at}}
		out.Add(p)
	}
	return out
}
