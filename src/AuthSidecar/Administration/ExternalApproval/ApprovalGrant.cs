using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.ExternalApproval;

/// <summary>
/// The proof that a browser belongs to an external identity, for one decision on one device. Each member must be present.
/// </summary>
internal sealed record ApprovalGrant
{
    [JsonPropertyName("iss")]
    public required string Issuer { get; init; }

    [JsonPropertyName("sub")]
    public required string Subject { get; init; }

    /// <summary>Verified address; null: none.</summary>
    [JsonPropertyName("email")]
    public required string? Email { get; init; }

    /// <summary>Code of the device in normal form.</summary>
    [JsonPropertyName("user_code")]
    public required string UserCode { get; init; }

    /// <summary>Random; the proof counts for one decision.</summary>
    [JsonPropertyName("nonce")]
    public required string Nonce { get; init; }

    /// <summary>Random; a decision by the API sends it as a header.</summary>
    [JsonPropertyName("csrf_token")]
    public required string CsrfToken { get; init; }

    [JsonPropertyName("exp")]
    public required DateTimeOffset ExpiresAt { get; init; }

    [JsonIgnore]
    public ExternalIdentity Identity => new(Issuer, Subject);

    public bool IsValid(DateTimeOffset now) =>
        ExpiresAt > now && Identity.IsValid && Devices.UserCode.Read(UserCode) == UserCode && Nonce.Length > 0 && CsrfToken.Length > 0;

    /// <summary>Compares in constant time.</summary>
    public bool IsTokenOf(string? token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token ?? ""), Encoding.UTF8.GetBytes(CsrfToken));

    /// <param name="address">Client address of the browser; null: unknown.</param>
    public Approver ToApprover(string? address) =>
        new()
        {
            External = Identity,
            Email = Email,
            ProofId = Nonce,
            Address = address,
        };

    /// <summary>The person in the audit trail: <c>ISSUER|SUBJECT</c>, shown by the address or else the subject.</summary>
    public static Actor ActorOf(ExternalIdentity person, string? email, string? address) =>
        new(ActorKind.Session, ExternalPerson.Of(person.Issuer, person.Subject), email ?? person.Subject, address);
}
