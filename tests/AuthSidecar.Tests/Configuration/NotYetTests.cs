namespace AuthSidecar.Tests.Configuration;

public sealed class NotYetTests
{
    private const string Refusal = "not in this version yet; remove it";
    private const string Limits = "Limits: rate limits are not enforced by this version yet: no request is refused with 429";

    [Theory]
    [InlineData(""" "Store": { "Provider": "postgres" } """, "Store:Provider: postgres is not in this version yet; use sqlite")]
    [InlineData(""" "Redis": { "ConnectionString": "r:6379" } """, "Redis:ConnectionString: Redis is not used by this version yet; remove it and run one replica")]
    [InlineData(""" "Auth": { "Mode": "legacy" } """, "Auth:Mode: legacy and both are not in this version yet; use users")]
    [InlineData(""" "Auth": { "Mode": "both" } """, "Auth:Mode: legacy and both are not in this version yet; use users")]
    [InlineData(""" "Listen": { "Relay": "http://127.0.0.1:9005" } """, "Listen:Relay: " + Refusal)]
    [InlineData(""" "Apps": { "AclUri": "http://acl" } """, "Apps:AclUri: " + Refusal)]
    [InlineData(""" "Apps": { "HideForeign": true } """, "Apps:HideForeign: " + Refusal)]
    [InlineData(""" "Telemetry": { "OtlpEndpoint": "http://otel:4317" } """, "Telemetry:OtlpEndpoint: " + Refusal)]
    [InlineData(""" "Usage": { "RecordText": true } """, "Usage:RecordText: usage is not recorded by this version yet; remove it")]
    [InlineData(""" "Usage": { "RetentionDays": 7 } """, "Usage:RetentionDays: usage is not recorded by this version yet; remove it")]
    [InlineData(""" "Jwt": [ { "Issuer": "https://a", "Audiences": ["a"] } ] """, "Jwt:0: ID tokens are not accepted by this version yet; remove the entry")]
    [InlineData(""" "Policies": { "p": { "App": "/apps/{app}" } } """, "Policies:p:App: " + Refusal)]
    [InlineData(""" "Policies": { "p": { "Acl": "acl" } } """, "Policies:p:Acl: " + Refusal)]
    [InlineData(""" "Policies": { "p": { "Relay": "http://x" } } """, "Policies:p:Relay: " + Refusal)]
    [InlineData(""" "Policies": { "p": { "Assertion": true } } """, "Policies:p:Assertion: " + Refusal)]
    [InlineData(""" "Policies": { "p": { "Models": ["gpt-*"] } } """, "Policies:p:Models: " + Refusal)]
    [InlineData(""" "Policies": { "p": { "Shadow": true } } """, "Policies:p:Shadow: " + Refusal)]
    public void WhatIsNotBuiltYet_IsRefusedByName(string members, string error) => Assert.Equal([error], SettingsDirectory.Load($"{{ {members} }}").Errors);

    [Theory]
    [InlineData("", Limits)]
    [InlineData(""" "Policies": { "p": { "Limit": { "Permits": 5 } } } """, Limits, "Policies:p:Limit: not enforced by this version yet")]
    [InlineData(""" "Policies": { "p": { "WsDeny": "close" } } """, Limits, "Policies:p:WsDeny: close is not in this version yet: refused WebSockets are answered as with http")]
    public void WhatIsOnlyWeaker_IsWarnedOf(string members, params string[] warnings)
    {
        var result = SettingsDirectory.Load($"{{ {members} }}");

        Assert.Empty(result.Errors);
        Assert.Equal(warnings, result.Warnings);
    }

    [Fact]
    public void SeveralUnbuiltThings_AreToldAtOnce() =>
        Assert.Equal(3, SettingsDirectory.Load("""{ "Store": { "Provider": "postgres" }, "Auth": { "Mode": "both" }, "Usage": { "Currency": "EUR" } }""").Errors.Count);
}
