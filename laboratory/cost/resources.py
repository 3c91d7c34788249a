"""Types of resources in `deploy/templates`: the prices that charge for each, or why it costs nothing."""

# Prices by type. What a type is charged by is a line of the model.
BILLED: dict[str, tuple[str, ...]] = {
    "AWS::Kinesis::Stream": ("kinesis.shard_hours", "kinesis.put_units", "kinesis.retention_hours"),
    "AWS::IoT::TopicRule": ("iot.rules", "iot.actions", "iot.connection_minutes"),
    "AWS::DynamoDB::Table": (
        "dynamodb.write_units",
        "dynamodb.read_units",
        "dynamodb.storage",
        "dynamodb.recovery",
        "dynamodb.capacity_hours",
    ),
    "AWS::Events::EventBus": ("events.published",),
    "AWS::Events::Archive": ("events.archived", "s3.storage"),
    "AWS::SQS::Queue": ("sqs.requests",),
    "AWS::SNS::Topic": ("sns.publishes", "sms.local", "sms.international"),
    "AWS::S3::Bucket": ("s3.storage", "s3.puts"),
    "AWS::ECS::Service": ("fargate.vcpu_hours", "fargate.gb_hours"),
    "AWS::ECS::Cluster": ("cloudwatch.metrics",),
    "AWS::ECR::Repository": ("ecr.storage",),
    "AWS::SecretsManager::Secret": ("secrets.secrets",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("alb.hours", "alb.lcu_hours"),
    "AWS::RDS::DBCluster": ("aurora.storage", "aurora.io"),
    "AWS::RDS::DBInstance": ("aurora.acu_hours",),
    "AWS::ElastiCache::ReplicationGroup": ("valkey.micro_hours", "valkey.small_hours"),
    "AWS::EC2::NatGateway": ("nat.hours", "nat.gb"),
    "AWS::EC2::EIP": ("ipv4.hours",),
    "AWS::EC2::FlowLog": ("logs.ingested",),
    "AWS::Logs::LogGroup": ("logs.ingested", "logs.stored"),
    "AWS::CloudFront::Distribution": ("cloudfront.requests", "cloudfront.gb"),
    "AWS::CloudFront::MonitoringSubscription": ("cloudwatch.metrics",),
    "AWS::WAFv2::WebACL": ("waf.acls", "waf.rules", "waf.requests"),
    "AWS::CloudWatch::Alarm": ("cloudwatch.alarms",),
    "AWS::CloudWatch::CompositeAlarm": ("cloudwatch.composites",),
    "AWS::CloudWatch::Dashboard": ("cloudwatch.dashboards",),
}
# Prices of what no template creates: messages of the product's own, traces, and look-ups of addresses.
WITHOUT_RESOURCE = ("ses.emails", "xray.traces", "location.places")
# Parts of something billed, permissions, and what AWS gives away.
FREE_PREFIXES = ("AWS::IAM::", "AWS::ApplicationAutoScaling::", "AWS::CE::", "AWS::Budgets::")
FREE = frozenset(
    (
        "AWS::CloudFront::CachePolicy",
        "AWS::CloudFront::OriginRequestPolicy",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudFront::VpcOrigin",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::Route",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        # Gateway endpoints cost nothing; a test finds any other kind.
        "AWS::EC2::VPCEndpoint",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::ECS::TaskDefinition",
        "AWS::ElastiCache::ParameterGroup",
        "AWS::ElastiCache::SubnetGroup",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        # Rules of a bus; the events are charged.
        "AWS::Events::Rule",
        "AWS::IoT::Policy",
        "AWS::Logs::MetricFilter",
        "AWS::RDS::DBClusterParameterGroup",
        "AWS::RDS::DBSubnetGroup",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
    )
)


def is_known(kind: str) -> bool:
    """Return whether the model has prices for a type of resource, or knows that it costs nothing."""
    return kind in BILLED or kind in FREE or kind.startswith(FREE_PREFIXES)
