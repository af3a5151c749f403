using System.Buffers.Binary;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>Many long messages at a time, of callers that are not authenticated yet.</summary>
public sealed class LongMessageTests : IAsyncLifetime, IDisposable
{
    private const int MebiByte = 1024 * 1024;

    private readonly SidecarSandbox _sandbox = new();
    private SidecarProcess _sidecar = null!;
    private byte[] _allowed = [];

    public async Task InitializeAsync()
    {
        _sandbox.Settings["Listen"]!["MaxCheckBytes"] = MebiByte;
        _sandbox.Save();
        await using (var seeder = await KeySeeder.OpenAsync(_sandbox))
        {
            await seeder.AddUserAsync("ada");
            _allowed = RawCall.Frame(RawCall.CheckRequest((await seeder.AddKeyAsync("ada", "apps:run")).Token));
        }

        _sidecar = await SidecarProcess.StartAsync(_sandbox);
    }

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task WhileTooManyAreInMemory_AnotherIsDeniedAndShortOnesAreDecided()
    {
        await using var uploads = await RawConnection.OpenAsync(_sidecar.Check);
        await using var others = await RawConnection.OpenAsync(_sidecar.Check);
        var running = new List<RawStream>();

        // More than eight, because one that is announced in between takes the place of another for a while.
        await Eventually.TrueAsync(
            async () =>
            {
                var stream = await uploads.SendHeadersAsync(RawCall.Headers());
                await stream.SendDataAsync(Head(MebiByte), endStream: false);
                running.Add(stream);
                return await AnnounceAsync(others) == "internal_error";
            },
            "another is denied"
        );
        Assert.Equal("allow", (await others.CallAsync(_allowed)).Verdict());

        await Task.WhenAll(running.Select(stream => stream.ResetAsync()));
        var longMessage = _allowed.Concat(Padding(200 * 1024)).ToArray();
        BinaryPrimitives.WriteInt32BigEndian(longMessage.AsSpan(1), longMessage.Length - 5);
        await Eventually.TrueAsync(async () => (await others.CallAsync(longMessage)).Verdict() == "allow", "their memory is free again");
        Assert.Contains("ResourceExhausted", _sidecar.Output + _sidecar.Errors, StringComparison.Ordinal);
    }

    private static byte[] Head(int length)
    {
        var head = new byte[5];
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(1), length);
        return head;
    }

    // A denial needs no more than the announced length. Null: the message would be read.
    private static async Task<string?> AnnounceAsync(RawConnection connection)
    {
        var stream = await connection.SendHeadersAsync(RawCall.Headers(("grpc-timeout", "500m")));
        await stream.SendDataAsync(Head(MebiByte), endStream: false);
        return (await stream.ReplyAsync()).Verdict();
    }

    // An unknown field, which parsers skip: number 15, length-delimited.
    private static IEnumerable<byte> Padding(int length)
    {
        var field = new List<byte> { (15 << 3) | 2 };
        for (var rest = length; ; rest >>= 7)
        {
            field.Add((byte)((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0)));
            if (rest <= 0x7F)
            {
                return field.Concat(new byte[length]);
            }
        }
    }
}
