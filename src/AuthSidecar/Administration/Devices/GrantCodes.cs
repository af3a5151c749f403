using System.Buffers.Text;
using System.Security.Cryptography;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Devices;

/// <summary>Codes of grants: made here, stored as HMACs under the first pepper, found under all.</summary>
internal sealed class GrantCodes(KeyHasher hasher)
{
    public const int SecretBytes = 24;

    private const string Prefix = "dc_";
    private static readonly int _deviceLength = Prefix.Length + Base64Url.GetEncodedLength(SecretBytes);

    /// <summary>A random device code, 192 bits.</summary>
    public static string NewDeviceCode() => $"{Prefix}{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";

    public byte[] HashOfDeviceCode(string code) => hasher.Hash(code).ToArray();

    /// <param name="code">In normal form.</param>
    public byte[] HashOfUserCode(string code) => hasher.Hash(Marked(code)).ToArray();

    /// <returns>The grant as stored, without tracking; null: unknown, or no device code.</returns>
    public async Task<DeviceGrant?> FindByDeviceCodeAsync(SidecarDbContext context, string code, CancellationToken cancellationToken)
    {
        if (
            code.Length != _deviceLength
            || !code.StartsWith(Prefix, StringComparison.Ordinal)
            || !Base64Url.IsValid(code.AsSpan(Prefix.Length))
        )
        {
            return null;
        }

        foreach (var hash in hasher.Candidates(code))
        {
            var grants = context.DeviceGrants.AsNoTracking().Where(grant => grant.DeviceCodeHash == hash);
            if (await grants.SingleOrDefaultAsync(cancellationToken) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <param name="context">The store.</param>
    /// <param name="code">In normal form.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The grant as stored, without tracking; null: unknown.</returns>
    public async Task<DeviceGrant?> FindByUserCodeAsync(SidecarDbContext context, string code, CancellationToken cancellationToken)
    {
        foreach (var hash in hasher.Candidates(Marked(code)))
        {
            var grants = context.DeviceGrants.AsNoTracking().Where(grant => grant.UserCodeHash == hash);
            if (await grants.SingleOrDefaultAsync(cancellationToken) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    // No token or device code has this form, so that the hashes have different inputs.
    private static string Marked(string userCode) => $"user_code:{userCode}";
}
