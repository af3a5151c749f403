namespace AuthSidecar.Administration.Web;

/// <summary>Attributes of the cookies of /device.</summary>
internal static class DeviceCookies
{
    // Lax: the browser comes back from an identity provider with them.
    public static CookieOptions Options(TimeSpan? life) =>
        new()
        {
            Path = "/",
            Secure = true,
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            MaxAge = life,
            IsEssential = true,
        };
}
