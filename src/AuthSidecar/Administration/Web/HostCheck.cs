namespace AuthSidecar.Administration.Web;

/// <summary>Refuses requests that name another host (DNS rebinding). Programs with a key have no cookie that could be misused.</summary>
internal sealed class HostCheck(RequestDelegate next, OwnOrigins origins)
{
    public Task InvokeAsync(HttpContext http) =>
        origins.IsOwnHost(http) || Schemes.HasKey(http.Request)
            ? next(http)
            : http.RefuseAsync(
                StatusCodes.Status421MisdirectedRequest,
                "misdirected_request",
                "The console is not reached under this host name; its public address is the setting Console:PublicUrl."
            );
}
