using AuthSidecar.Administration.Web;

namespace AuthSidecar.Tests.Administration.Web;

/// <summary>A login returns to a page of this console, whatever its address says.</summary>
public sealed class ReturnPathTests
{
    [Theory]
    [InlineData("/ui/me")]
    [InlineData("/ui/me/api-keys?status=active&q=a%20b")]
    [InlineData("/ui/admin/users/0198d5e0-0000-7000-8000-000000000000?days=30")]
    [InlineData("/ui/admin/usage?from=2027-01-01&next=https://a.example")]
    [InlineData("/device?user_code=ABCD-EFGH")]
    public void OwnPages(string path)
    {
        Assert.Equal(path, ReturnPath.Of(path));
        Assert.Equal($"?return={Uri.EscapeDataString(path)}", ReturnPath.Query(path));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("ui/me")]
    [InlineData("//evil.example")]
    [InlineData("//evil.example/ui/me")]
    [InlineData("///evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("\\\\evil.example")]
    [InlineData("/ui//evil.example")]
    [InlineData("/ui/\\evil.example")]
    [InlineData("https://evil.example/ui/me")]
    [InlineData("https:evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/ui/javascript:alert(1)")]
    [InlineData("/ui/../../evil")]
    [InlineData("/ui/./me")]
    [InlineData("/ui/%2e%2e/evil")]
    [InlineData("/ui/%2f%2fevil.example")]
    [InlineData("/ui/me\r\nSet-Cookie: a=b")]
    [InlineData("/ui/me\t")]
    [InlineData(" /ui/me")]
    [InlineData("/ui/me ")]
    [InlineData("/ui/\u0661")]
    [InlineData("/ui@evil.example")]
    [InlineData("/uievil")]
    [InlineData("/api/me")]
    [InlineData("/auth/logout")]
    [InlineData("/metrics")]
    [InlineData("/ui/me#top")]
    [InlineData("/ui/login?return=/ui/login")]
    [InlineData("/ui/logout")]
    [InlineData("/ui/error")]
    [InlineData("/UI/LOGIN")]
    [InlineData("/ui/set-password")]
    public void OtherAddresses_AreThePersonsFirstPage(string? path)
    {
        Assert.Equal("/ui/me", ReturnPath.Of(path));
        Assert.Equal("", ReturnPath.Query(path ?? ""));
    }

    [Fact]
    public void LongPaths_AreThePersonsFirstPage() => Assert.Equal("/ui/me", ReturnPath.Of($"/ui/me?{new string('a', 2048)}"));
}
