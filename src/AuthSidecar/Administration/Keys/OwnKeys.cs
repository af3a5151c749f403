using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys;

/// <summary>Keys and device tokens by id, for their owner: another person's are unknown.</summary>
internal sealed class OwnKeys(ShowKey show, RotateKey rotate, RevokeKey revoke)
{
    public Task<Outcome<ApiKey>> FindAsync(string userId, string id, CancellationToken cancellationToken) =>
        FindAsync(userId, id, isDevice: false, cancellationToken);

    public Task<Outcome<ApiKey>> FindDeviceAsync(string userId, string id, CancellationToken cancellationToken) =>
        FindAsync(userId, id, isDevice: true, cancellationToken);

    public async Task<Outcome<IssuedKey>> RotateAsync(string userId, string id, TimeSpan grace, CancellationToken cancellationToken) =>
        (await FindAsync(userId, id, cancellationToken)).Refusal is { } unknown
            ? unknown
            : await rotate.RunAsync(id, grace, cancellationToken);

    public async Task<Outcome<ApiKey>> RevokeAsync(string userId, string id, CancellationToken cancellationToken) =>
        (await FindAsync(userId, id, cancellationToken)).Refusal is { } unknown ? unknown : await revoke.RunAsync(id, cancellationToken);

    public async Task<Outcome<ApiKey>> RevokeDeviceAsync(string userId, string id, CancellationToken cancellationToken) =>
        (await FindDeviceAsync(userId, id, cancellationToken)).Refusal is { } unknown
            ? unknown
            : await revoke.RunAsync(id, cancellationToken);

    private async Task<Outcome<ApiKey>> FindAsync(string userId, string id, bool isDevice, CancellationToken cancellationToken)
    {
        if (Rules.Id("key", id) is not null)
        {
            return Refusal.UnknownKey(id);
        }

        var found = await show.RunAsync(id, cancellationToken);
        return found.Refusal is null && found.Value is var key && key.UserId == userId && key.Format is KeyFormat.Aso == isDevice
            ? key
            : Refusal.UnknownKey(id);
    }
}
