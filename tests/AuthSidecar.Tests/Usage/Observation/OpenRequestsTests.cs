using System.Diagnostics;
using System.IO.Compression;
using Google.Protobuf;
using Grpc.Core;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Compressed requests that stay open, at the observer's transport.</summary>
public sealed class OpenRequestsTests
{
    private const int Requests = 40;
    private const int Megabytes = 16;
    private const long MostGrowth = 100L * 1024 * 1024;

    /// <summary>80 KiB on the wire that would fill decoder windows of 16 MiB, 640 MiB in total.</summary>
    [Theory]
    [InlineData(24)]
    [InlineData(23)]
    [InlineData(22)]
    public async Task TheyTakeLittleMemory(int windowBits)
    {
        var body = ByteString.CopyFrom(Compress(windowBits));
        Assert.InRange(body.Length, 1, 100 * 1024);
        await using var observer = await Observer.StartAsync();
        await OpenAsync(observer, ByteString.Empty);
        var before = Resident();

        var open = new List<IAsyncDisposable>();
        for (var request = 0; request < Requests; request++)
        {
            open.Add(await OpenAsync(observer, body));
        }

        var grown = Resident() - before;
        foreach (var call in open)
        {
            await call.DisposeAsync();
        }

        Assert.True(grown < MostGrowth, $"{grown / 1024 / 1024} MiB");
    }

    // Each message requests a response, which confirms that it was read.
    private static async Task<IAsyncDisposable> OpenAsync(Observer observer, ByteString body)
    {
        var call = observer.Client.Process();
        foreach (var message in new[] { Observer.RequestHead("br"), Observer.RequestBody(body) })
        {
            message.ObservabilityMode = false;
            await call.RequestStream.WriteAsync(message);
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        return new Open(call);
    }

    private static byte[] Compress(int windowBits)
    {
        var block = new byte[80 * 1024];
        new Random(1).NextBytes(block);
        var text = new byte[Megabytes * 1024 * 1024];
        for (var at = 0; at < text.Length; at += block.Length)
        {
            block.AsSpan(0, Math.Min(block.Length, text.Length - at)).CopyTo(text.AsSpan(at));
        }

        text[0] = (byte)'{';
        using var encoder = new BrotliEncoder(5, windowBits);
        var body = new byte[1024 * 1024];
        encoder.Compress(text, body, out _, out var written, isFinalBlock: false);
        encoder.Flush(body.AsSpan(written), out var flushed);
        return body[..(written + flushed)];
    }

    private static long Resident()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private sealed class Open(
        AsyncDuplexStreamingCall<
            global::Envoy.Service.ExtProc.V3.ProcessingRequest,
            global::Envoy.Service.ExtProc.V3.ProcessingResponse
        > call
    ) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await call.RequestStream.CompleteAsync();
            call.Dispose();
        }
    }
}
