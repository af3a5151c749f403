namespace AuthSidecar.Tests.Platform.Configuration;

/// <summary>Warnings about modes with keys that do not expire.</summary>
public sealed class AuthModeTests
{
    [Theory]
    [InlineData(""" "Mode": "users" """, null)]
    [InlineData(""" "Mode": "users", "MasterKey": "env:MASTER" """, null)]
    [InlineData(""" "Mode": "legacy", "MasterKey": "env:MASTER" """, null)]
    [InlineData(""" "Mode": "both", "MasterKey": "env:MASTER" """, "is both: the master key permits everything")]
    [InlineData(""" "Mode": "both" """, "is both, but Auth:MasterKey is empty, so only users' keys authenticate")]
    [InlineData(""" "Mode": "legacy" """, "is legacy, but Auth:MasterKey is empty, so every credential is denied with 401 invalid_token")]
    public void Mode_HasAWarning(string members, string? expected)
    {
        using var directory = new SettingsDirectory { Environment = { ["MASTER"] = "a master key for tests" } };
        directory.Write("authsidecar.json", $$"""{ "Auth": { {{members}} } }""");

        var result = directory.Load();

        Assert.Empty(result.Errors);
        var warning = result.Warnings.SingleOrDefault(warning => warning.StartsWith("Auth:Mode", StringComparison.Ordinal));
        Assert.Equal(expected is null, warning is null);
        Assert.Contains(expected ?? "", warning ?? "", StringComparison.Ordinal);
    }
}
