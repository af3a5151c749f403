namespace AuthSidecar.Tests.Configuration;

public sealed class NotYetTests
{
    [Theory]
    [InlineData("")]
    [InlineData(""" "Redis": { "ConnectionString": "env:PATH" } """)]
    [InlineData(""" "Telemetry": { "OtlpEndpoint": "http://otel:4317" } """)]
    [InlineData(""" "Usage": { "RecordText": true } """, "Usage:RecordText: no texts are recorded by this version yet")]
    [InlineData(""" "Policies": { "p": { "Limit": { "Permits": 5 } } } """)]
    public void WhatIsOnlyAbsent_IsWarnedOf(string members, params string[] warnings)
    {
        using var directory = new SettingsDirectory { Environment = { ["PATH"] = "redis:6379" } };
        directory.Write("authsidecar.json", $"{{ {members} }}");

        var result = directory.Load();

        Assert.Empty(result.Errors);
        Assert.Equal(warnings.Order(), result.Warnings.Order());
    }
}
