using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Devices;

/// <summary>Events of grants in the audit trail. The target is the token where there is one.</summary>
internal static class GrantAudit
{
    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static AuditEvent Approved(DeviceGrant grant, string tokenId, string? browser, DateTimeOffset now) =>
        Of("device.approved", grant, tokenId, browser, now);

    public static AuditEvent Denied(DeviceGrant grant, string? browser, DateTimeOffset now) =>
        Of("device.denied", grant, null, browser, now);

    /// <summary>The token was made and handed to the device.</summary>
    public static AuditEvent Collected(DeviceGrant grant, DateTimeOffset now) => Of("device.collected", grant, grant.TokenId, null, now);

    private static AuditEvent Of(string action, DeviceGrant grant, string? tokenId, string? browser, DateTimeOffset now) =>
        AuditEvent.Of(
            action,
            tokenId ?? grant.Id,
            grant.DeviceLabel,
            null,
            new JsonObject
            {
                ["clientId"] = grant.ClientId,
                ["deviceAddress"] = grant.Address,
                ["browserAddress"] = browser,
            }.ToJsonString(_json),
            now
        );
}
