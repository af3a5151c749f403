using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Platform.Configuration;

public class CredentialMaskTests
{
    [Theory]
    [InlineData("https://id.example.com/keys", "https://id.example.com/keys")]
    [InlineData("http://127.0.0.1:9003", "http://127.0.0.1:9003")]
    [InlineData("unix:/run/a.sock", "unix:/run/a.sock")]
    [InlineData("ada@example.com", "ada@example.com")]
    [InlineData("https://user:hunter2@id.example.com/keys", "https://********@id.example.com/keys")]
    [InlineData("rediss://:p@ss@redis:6379/1", "rediss://********@redis:6379/1")]
    [InlineData("https://acl.example.com/x?sig=abc&v=2#f", "https://acl.example.com/x?sig=********&v=********#f")]
    [InlineData("Host=db;Username=a;Password=hunter2;Port=1", "Host=db;Username=a;Password=********;Port=1")]
    [InlineData("redis:6379,password=hunter2,ssl=true", "redis:6379,password=********,ssl=true")]
    [InlineData("x-api-key=hunter2,Authorization=Bearer hunter2", "x-api-key=********,Authorization=********")]
    public void CredentialsWithinASetting_AreMasked(string text, string masked) => Assert.Equal(masked, CredentialMask.Of(text));

    [Fact]
    public void Show_MasksAddresses() =>
        Assert.Contains(
            "https://********@acl.example.com/",
            SettingsWriter.Write(new SidecarSettings { Apps = { AclUri = "https://a:hunter2@acl.example.com/" } }),
            StringComparison.Ordinal
        );
}
