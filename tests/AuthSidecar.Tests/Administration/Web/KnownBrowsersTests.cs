using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace AuthSidecar.Tests.Administration.Web;

public sealed class KnownBrowsersTests
{
    private readonly KnownBrowsers _browsers = new(new EphemeralDataProtectionProvider());

    [Theory]
    [InlineData("ada", "ada", true)]
    [InlineData("Ada", "aDA", true)]
    [InlineData("ada", "bob", false)]
    [InlineData("x admin", "admin", false)]
    [InlineData("x admin", "x", false)]
    [InlineData("x admin", "x admin", false)]
    public void Knows_WholeNamesOnly(string loggedIn, string asked, bool expected)
    {
        var login = new DefaultHttpContext();
        _browsers.Remember(login, loggedIn);
        var later = new DefaultHttpContext();
        later.Request.Headers.Cookie = login.Response.Headers.SetCookie.ToString().Split(';')[0];

        Assert.Equal(expected, _browsers.Knows(later, asked));
    }
}
