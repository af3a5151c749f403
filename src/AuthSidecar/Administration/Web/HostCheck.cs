namespace AuthSidecar.Administration.Web;

/// <summary>
/// Refuses requests that name another host (DNS rebinding), but for those of programs whose key alone decides: no cookie could be misused.
/// </summary>
internal sealed class HostCheck(RequestDelegate next, OwnOrigins origins)
{
    public Task InvokeAsync(HttpContext http) =>
        http.IsAnsweredByPage() || origins.IsOwnHost(http) || Schemes.IsForKey(http)
            ? next(http)
            : http.RefuseAsync(
                StatusCodes.Status421MisdirectedRequest,
                "misdirected_request",
                "The console is not reached under this host name; its public address is the setting Console:PublicUrl."
            );
}
