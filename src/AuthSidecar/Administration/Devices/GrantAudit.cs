using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Devices;

/// <summary>Events of grants in the audit trail. The target is the token where there is one.</summary>
internal static class GrantAudit
{
    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static AuditEvent Approved(DeviceGrant grant, string tokenId, Approver by, DateTimeOffset now) =>
        Of("device.approved", grant, tokenId, by.External, by.Address, now);

    public static AuditEvent Denied(DeviceGrant grant, Approver by, DateTimeOffset now) =>
        Of("device.denied", grant, null, by.External, by.Address, now);

    /// <summary>The token was made and handed to the device.</summary>
    public static AuditEvent Collected(DeviceGrant grant, ApiKey key, DateTimeOffset now) =>
        Of("device.collected", grant, key.Id, ExternalOf(key), null, now);

    private static ExternalIdentity? ExternalOf(ApiKey key) =>
        key is { ExternalIssuer: { } issuer, ExternalSubject: { } subject } ? new(issuer, subject) : null;

    private static AuditEvent Of(
        string action,
        DeviceGrant grant,
        string? tokenId,
        ExternalIdentity? person,
        string? browser,
        DateTimeOffset now
    )
    {
        var facts = new JsonObject
        {
            ["clientId"] = grant.ClientId,
            ["deviceAddress"] = grant.Address,
            ["browserAddress"] = browser,
        };
        if (person is not null)
        {
            (facts["issuer"], facts["subject"]) = (person.Issuer, person.Subject);
        }

        return AuditEvent.Of(action, tokenId ?? grant.Id, grant.DeviceLabel, null, facts.ToJsonString(_json), now);
    }
}
