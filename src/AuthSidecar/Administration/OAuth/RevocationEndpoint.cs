using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.OAuth;

/// <summary>Ends the presented token (RFC 7009). Clients are public: the token itself is the proof.</summary>
internal sealed class RevocationEndpoint(EndPresentedToken end)
{
    public async Task<IResult> RevokeAsync(HttpContext http)
    {
        var body = await OAuthParameters.ReadAsync(http);
        var (token, client) = (body.Required("token"), body.Required("client_id"));
        return await end.RunAsync(token, client, http.ClientAddress(), http.RequestAborted) == PresentedEnd.Done
            ? Results.Ok()
            : throw new OAuthException(StatusCodes.Status400BadRequest, "invalid_grant", "The token was issued to another client.");
    }
}
