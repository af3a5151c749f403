using System.IO.Compression;
using System.Security.Cryptography;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.IntegrationTests.Metering;

/// <summary>
/// A provider that serves fixtures. <c>/POLICY/HOW/FILE…</c> with HOW: <c>whole</c>; in <c>pieces</c>; <c>gzip</c> or <c>br</c>; labelled
/// <c>zstd</c>; <c>half</c> and then silence; half and then <c>abort</c>; half, and the rest at a <c>gate</c>; complete without an end
/// (<c>linger</c>); its <c>head</c> alone; no response (<c>silent</c>); whole and <c>early</c>, after the request's first bytes and before
/// its end; or <c>nothing</c>, a reset.
/// </summary>
internal sealed class FixtureUpstream : IAsyncDisposable
{
    private const int PieceLength = 97;

    private readonly WebApplication _app;
    private int _waiting;

    private FixtureUpstream()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostAnyPort(HttpProtocols.Http1));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public int Port { get; private set; }

    /// <summary>The decision id of the last request.</summary>
    public string? DecisionId { get; private set; }

    /// <summary>Releases the responses that wait at the gate.</summary>
    public TaskCompletionSource Gate { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Responses that have begun and wait, or will wait, at the gate, and silent ones.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Of the last request read: its Content-Length, its actual length, and its hash.</summary>
    public (long? Declared, long Length, string Hash) LastRequest { get; private set; }

    public static async Task<FixtureUpstream> StartAsync()
    {
        var upstream = new FixtureUpstream();
        await upstream._app.StartAsync();
        upstream.Port = upstream._app.Services.Addresses()[0].Port;
        return upstream;
    }

    public async ValueTask DisposeAsync()
    {
        Gate.TrySetResult();
        await _app.DisposeAsync();
    }

    /// <summary>The end of the first half: after a complete event, if there are events.</summary>
    public static int HalfOf(Fixture fixture) =>
        fixture.Body.AsSpan(0, fixture.Body.Length / 2).LastIndexOf("\n\n"u8) is var end and > 0 ? end + 2 : fixture.Body.Length / 2;

    private async Task AnswerAsync(HttpContext context)
    {
        DecisionId = context.Request.Headers["x-authsidecar-caller-decision-id"];
        var parts = context.Request.Path.Value!.Split('/', 4);
        var (how, fixture) = (parts[2], Fixture.Named(parts[3]));
        if (how == "early")
        {
            // Envoy shows them to the observer before it forwards them; it does not show bytes that come after the response.
            Interlocked.Increment(ref _waiting);
            await context.Request.Body.ReadExactlyAsync(new byte[1]);
            Interlocked.Decrement(ref _waiting);
        }
        else
        {
            LastRequest = await ReadAsync(context.Request);
        }

        context.Response.StatusCode = fixture.Status;
        context.Response.ContentType = fixture.ContentType;
        var (body, half) = (fixture.Body, HalfOf(fixture));
        switch (how)
        {
            case "whole" or "early":
                context.Response.ContentLength = body.Length;
                await context.Response.Body.WriteAsync(body);
                break;
            case "pieces":
                for (var at = 0; at < body.Length; at += PieceLength)
                {
                    await SendAsync(body.AsMemory(at, Math.Min(PieceLength, body.Length - at)));
                }

                break;
            case "gzip" or "br":
                await EncodeAsync(context.Response, how, body);
                break;
            case "zstd":
                // The observer does not decode this encoding, so any bytes will do.
                context.Response.Headers.ContentEncoding = how;
                await context.Response.Body.WriteAsync(body);
                break;
            case "half":
                await SendAsync(body.AsMemory(0, half));
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case "linger":
                await SendAsync(body);
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case "head":
                await SendAsync(default);
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case "silent":
                Interlocked.Increment(ref _waiting);
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                Interlocked.Decrement(ref _waiting);
                break;
            case "nothing":
                context.Abort();
                break;
            case "abort":
                await SendAsync(body.AsMemory(0, half));
                await Gate.Task;
                context.Abort();
                break;
            case "gate":
                Interlocked.Increment(ref _waiting);
                await SendAsync(body.AsMemory(0, half));
                await Gate.Task;
                Interlocked.Decrement(ref _waiting);
                await SendAsync(body.AsMemory(half));
                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }

        async Task SendAsync(ReadOnlyMemory<byte> piece)
        {
            await context.Response.Body.WriteAsync(piece);
            await context.Response.Body.FlushAsync();
        }
    }

    private static async Task<(long? Declared, long Length, string Hash)> ReadAsync(HttpRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        var length = 0L;
        for (int read; (read = await request.Body.ReadAsync(buffer)) > 0; length += read)
        {
            hash.AppendData(buffer.AsSpan(0, read));
        }

        return (request.ContentLength, length, Convert.ToHexString(hash.GetHashAndReset()));
    }

    private static async Task EncodeAsync(HttpResponse response, string encoding, byte[] body)
    {
        response.Headers.ContentEncoding = encoding;
        await using Stream encoder =
            encoding == "gzip"
                ? new GZipStream(response.Body, CompressionLevel.Optimal)
                : new BrotliStream(response.Body, CompressionLevel.Optimal);
        for (var at = 0; at < body.Length; at += PieceLength)
        {
            await encoder.WriteAsync(body.AsMemory(at, Math.Min(PieceLength, body.Length - at)));
            await encoder.FlushAsync();
            await response.Body.FlushAsync();
        }
    }
}
