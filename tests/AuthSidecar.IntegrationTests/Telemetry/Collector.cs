using System.Buffers.Binary;
using System.Collections.Concurrent;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.IntegrationTests.Telemetry;

/// <summary>A collector that keeps received data, over gRPC on one port and over HTTP on another.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private const int FrameHead = 5;

    private readonly ConcurrentQueue<(string Path, byte[] Message)> _requests = new();
    private readonly WebApplication _app;

    private Collector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenLocalhostAnyPort(HttpProtocols.Http2);
            kestrel.ListenLocalhostAnyPort(HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public Uri Grpc => _app.Services.Addresses()[0];

    public Uri Http => _app.Services.Addresses()[1];

    /// <summary>The received data, unparsed.</summary>
    public IReadOnlyList<(string Path, byte[] Message)> Requests => [.. _requests];

    public IReadOnlyList<CollectedSpan> Spans => [.. Signal("TraceService", "/traces").SelectMany(CollectedSpan.Read)];

    /// <summary>Names of the received metrics.</summary>
    public IReadOnlySet<string> Metrics =>
        (
            from message in Signal("MetricsService", "/metrics")
            from resource in OtlpFields.Of(message, 1)
            from scope in OtlpFields.Of(resource, 2)
            from metric in OtlpFields.Of(scope, 2)
            select OtlpFields.Text(metric, 1)
        ).ToHashSet();

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IEnumerable<byte[]> Signal(string service, string path) =>
        Requests
            .Where(request =>
                request.Path.Contains(service, StringComparison.Ordinal) || request.Path.EndsWith(path, StringComparison.Ordinal)
            )
            .Select(request => request.Message);

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var bytes = body.ToArray();
        var isGrpc = context.Request.ContentType == "application/grpc";
        if (isGrpc)
        {
            Assert.Equal((0, (uint)(bytes.Length - FrameHead)), (bytes[0], BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1))));
        }

        _requests.Enqueue((context.Request.Path, isGrpc ? bytes[FrameHead..] : bytes));
        context.Response.ContentType = context.Request.ContentType;
        if (isGrpc)
        {
            await context.Response.Body.WriteAsync(new byte[FrameHead]);
            context.Response.AppendTrailer("grpc-status", "0");
        }
    }
}
