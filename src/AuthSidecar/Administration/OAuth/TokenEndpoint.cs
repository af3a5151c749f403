using System.Data.Common;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore.Storage;

namespace AuthSidecar.Administration.OAuth;

/// <summary>Answers the polls of devices (RFC 8628 3.4 and 3.5).</summary>
internal sealed partial class TokenEndpoint(CollectGrant collect, ListMembers members, TimeProvider time, ILogger<TokenEndpoint> logger)
{
    public const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    /// <param name="http">The request.</param>
    /// <param name="isTypeRequired">False: a missing grant type is that of the device flow.</param>
    public async Task<IResult> CollectAsync(HttpContext http, bool isTypeRequired)
    {
        var body = await OAuthParameters.ReadAsync(http);
        if ((isTypeRequired ? body.Required("grant_type") : body.Optional("grant_type") ?? GrantType) != GrantType)
        {
            throw Refused("unsupported_grant_type", $"The only grant type is {GrantType}.");
        }

        var (code, client) = (body.Required("device_code"), body.Required("client_id"));
        var collected = await collect.RunAsync(code, client, http.RequestAborted);
        return collected switch
        {
            { Kind: CollectedKind.Token, Token: not null } => new OAuthAnswer(await DocumentAsync(collected, http.RequestAborted)),
            { Kind: CollectedKind.SlowDown } => throw Refused("slow_down", "Wait five seconds longer between two requests."),
            { Kind: CollectedKind.Pending } => throw Refused("authorization_pending", "A person has not decided yet."),
            { Kind: CollectedKind.Denied } => throw Refused("access_denied", "A person denied the request."),
            _ => throw Refused("expired_token", "The code is unknown, expired or used; start again."),
        };
    }

    private async Task<TokenDocument> DocumentAsync(Collected collected, CancellationToken cancellationToken)
    {
        var (key, token) = (collected.Token!.Key, collected.Token.Token);
        var workspaces = collected.Account is { } owner ? await WorkspacesAsync(owner, cancellationToken) : [];
        return new(
            token,
            "Bearer",
            key.ExpiresAt is { } end ? (long)Math.Max(0, (end - Instant.Now(time)).TotalSeconds) : 0,
            SpaceSeparated.Join(TokenScopes.Of(key)),
            token,
            key.ExpiresAt,
            collected.Account is null ? "external_sso" : "account",
            collected.Account is { } account ? new(account.Id, account.Email, account.DisplayName ?? account.Name) : null,
            workspaces,
            workspaces.Count > 0 ? workspaces[0].Id : null,
            key.Id
        )
        {
            SubjectEmail = collected.Account is null ? collected.SubjectEmail : null,
            SubjectIssuer = key.ExternalIssuer,
        };
    }

    // The token exists now and is shown only here, so that a failure must not keep it back.
    private async Task<IReadOnlyList<WorkspaceDocument>> WorkspacesAsync(User owner, CancellationToken cancellationToken)
    {
        try
        {
            var found = await members.RunAsync(new() { User = owner.Id }, cancellationToken);
            return found.Refusal is null
                ?
                [
                    .. found.Value.Items.Select(
                        (member, index) => new WorkspaceDocument(member.Tenant, member.Tenant, member.Role, index == 0)
                    ),
                ]
                : [];
        }
        catch (Exception fault)
            when (fault is DbException or StoreUnavailableException or RetryLimitExceededException or InvalidOperationException)
        {
            LogWorkspacesMissing(fault, owner.Id);
            return [];
        }
    }

    private static OAuthException Refused(string error, string description) => new(StatusCodes.Status400BadRequest, error, description);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Store unavailable; token of user {UserId} delivered without its tenants.")]
    private partial void LogWorkspacesMissing(Exception exception, string userId);
}
