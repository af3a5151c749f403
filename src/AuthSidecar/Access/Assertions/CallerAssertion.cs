using System.Text.Json.Nodes;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using Microsoft.IdentityModel.JsonWebTokens;

namespace AuthSidecar.Access.Assertions;

/// <summary>The content of the identity headers as a signed JWT, for upstreams that do not trust their network.</summary>
internal static class CallerAssertion
{
    public const string Issuer = "authsidecar";

    private static readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Validity of one assertion.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromSeconds(60);

    public static string Sign(CheckContext context, SignatureKey key, DateTimeOffset now) =>
        _handler.CreateToken(Claims(context, now).ToJsonString(), key.Credentials);

    private static JsonObject Claims(CheckContext context, DateTimeOffset now)
    {
        var (identity, delegation) = (context.Caller.Identity, context.Caller.Delegation);
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = context.Policy.Name,
            ["sub"] = identity.Subject,
            ["jti"] = context.DecisionId,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["decision_id"] = context.DecisionId,
            ["subject_type"] = identity.Type.ToWireName(),
            ["auth_mode"] = context.Caller.Mode.ToWireName(),
        };
        if (identity.Type != SubjectType.Service && identity is { UserId: not null, Username: not null })
        {
            claims["user_id"] = identity.UserId;
            claims["username"] = identity.Username;
        }

        Add("key_id", identity.KeyId);
        Add("tenant", context.Tenant);
        Add("app", context.App?.Id);
        Add("scope", string.Join(' ', identity.Scopes));
        if (delegation is not null)
        {
            claims["delegated"] = true;
            Add("source", delegation.Source);
            Add("workspace_id", delegation.WorkspaceId);
        }

        return claims;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                claims[name] = value;
            }
        }
    }
}
