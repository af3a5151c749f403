using System.Diagnostics;
using System.Net;
using AuthSidecar.TestSupport;
using Envoy.Service.Auth.V3;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// The baseline: an authorization service on the same gRPC server that parses the complete request and allows it. Runs as a separate
/// process.
/// </summary>
internal sealed class NullServer : IDisposable
{
    public const string Command = "serve-null";

    private readonly Process _process;

    private NullServer(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public int Id => _process.Id;

    public static async Task<NullServer> StartAsync(params string[] wrapper)
    {
        var port = FreePort();
        string[] arguments =
        [
            .. wrapper,
            Programs.OnPath("dotnet")!,
            Path.Combine(AppContext.BaseDirectory, "AuthSidecar.Benchmarks.dll"),
            Command,
            $"{port}",
        ];
        var process = Process.Start(new ProcessStartInfo(arguments[0], arguments[1..]) { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadLineAsync();
        return new(process, new($"http://127.0.0.1:{port}"));
    }

    public static async Task ServeAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2)
        );
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<Service>();
        await using var app = builder.Build();
        app.MapGrpcService<Service>();
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("ready"));
        await app.RunAsync();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private sealed class Service : global::Envoy.Service.Auth.V3.Authorization.AuthorizationBase
    {
        public override Task<CheckResponse> Check(CheckRequest request, ServerCallContext context) =>
            Task.FromResult(new CheckResponse { Status = new() });
    }
}
