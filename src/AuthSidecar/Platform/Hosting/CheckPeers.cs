using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// Closes unix socket connections of users not in <c>Listen:CheckPeers</c>, before a byte is read; also those of an unknown uid.
/// </summary>
internal sealed class CheckPeers(IReadOnlyCollection<int> uids, CheckRefusals refusals)
{
    private const uint Root = 0;
    private readonly HashSet<uint> _uids = uids.Count > 0 ? [.. uids.Select(uid => (uint)uid)] : [PeerCredentials.Own, Root];

    public Task RunAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        var uid = connection.Features.Get<IConnectionSocketFeature>() is { Socket: var socket } ? PeerCredentials.UidOf(socket) : null;
        if (uid is { } known && _uids.Contains(known))
        {
            return next(connection);
        }

        refusals.Add(CheckRefusal.Peer, uid is { } other ? $"uid {other}" : "an unknown uid");
        connection.Abort();
        return Task.CompletedTask;
    }
}
