using System.Text.Json.Serialization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Apps;

/// <summary>
/// All that the permission service is told. Its answer holds for exactly this, so nothing that it decides by can be missing from what is
/// remembered.
/// </summary>
internal readonly record struct AclQuestion(
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("subject_type")] string SubjectType,
    [property: JsonPropertyName("user_id")] string? UserId,
    [property: JsonPropertyName("key_id")] string KeyId,
    [property: JsonPropertyName("app")] string App,
    [property: JsonPropertyName("tenant")] string Tenant
)
{
    // The owner of a service's key is whoever made it, and not who is calling.
    public static AclQuestion Of(Identity identity, AppFacts app) =>
        new(
            identity.Subject,
            identity.Type.ToWord(),
            identity.Type == AuthSidecar.Decisions.Vocabulary.SubjectType.Service ? null : identity.UserId,
            identity.KeyId,
            app.Id,
            app.TenantId
        );
}
