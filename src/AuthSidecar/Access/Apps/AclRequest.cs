using System.Text.Json.Serialization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Apps;

/// <summary>
/// The request to the permission service, and the key under which its verdict is cached: a verdict holds for exactly these members.
/// </summary>
internal readonly record struct AclRequest(
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("subject_type")] string SubjectType,
    [property: JsonPropertyName("user_id")] string? UserId,
    [property: JsonPropertyName("key_id")] string KeyId,
    [property: JsonPropertyName("app")] string App,
    [property: JsonPropertyName("tenant")] string Tenant
)
{
    // A service's key names its creator as owner, who is not the caller.
    public static AclRequest Of(Identity identity, AppFacts app) =>
        new(
            identity.Subject,
            identity.Type.ToWireName(),
            identity.Type == AuthSidecar.Decisions.Vocabulary.SubjectType.Service ? null : identity.UserId,
            identity.KeyId,
            app.Id,
            app.TenantId
        );
}
