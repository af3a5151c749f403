using System.Text.Json.Serialization;

namespace AuthSidecar.Administration.OAuth;

/// <summary>The person of an account's token.</summary>
internal sealed record AccountDocument(string Id, string? Email, string Name);

/// <summary>A tenant of the person.</summary>
/// <param name="Role">Role in the tenant.</param>
/// <param name="Current">The default one.</param>
internal sealed record WorkspaceDocument(string Id, string Name, string Role, bool Current);

/// <summary>A token, shown once: members of RFC 6749 5.1, then those that dify's client reads.</summary>
internal sealed record TokenDocument(
    string AccessToken,
    string TokenType,
    long ExpiresIn,
    string Scope,
    string Token,
    DateTimeOffset? ExpiresAt,
    string SubjectType,
    AccountDocument? Account,
    IReadOnlyList<WorkspaceDocument> Workspaces,
    string? DefaultWorkspaceId,
    string TokenId
)
{
    /// <summary>Only of an external identity.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SubjectEmail { get; init; }

    /// <summary>Only of an external identity.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SubjectIssuer { get; init; }
}
