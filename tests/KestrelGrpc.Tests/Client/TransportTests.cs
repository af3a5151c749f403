using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KestrelGrpc.Tests.Client;

/// <summary>Calls over TLS, with certificates on both sides, and over unix sockets.</summary>
public class TransportTests
{
    [Fact]
    public async Task Tls_TellsTheServiceWhoCalls()
    {
        using var serverCertificate = Certificate("localhost");
        using var clientCertificate = Certificate("caller", "caller.example");
        await using var app = await StartAsync(options => options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(serverCertificate, https =>
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.AllowAnyClientCertificate();
            });
        }));
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [clientCertificate],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString() == serverCertificate.GetCertHashString(),
            },
        };
        var credentials = ChannelCredentials.Create(ChannelCredentials.SecureSsl, CallCredentials.FromInterceptor((context, metadata) =>
        {
            metadata.Add("x-credential", context.ServiceUrl);
            return Task.CompletedTask;
        }));
        using var channel = GrpcChannel.ForAddress(app.Urls.Single(), new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, Credentials = credentials });

        var reply = await new TestService.TestServiceClient(channel).UnaryCallAsync(new SimpleRequest());

        Assert.Equal("x509_subject_alternative_name=caller.example x509_common_name=caller", reply.Username);
        Assert.Equal($"{app.Urls.Single()}/grpc.testing.TestService", reply.OauthScope);
    }

    [Fact]
    public async Task UnixSocket_IsAnotherConnectCallback()
    {
        var path = Path.Combine(Path.GetTempPath(), $"grpc-{Guid.NewGuid():N}.sock");
        await using var app = await StartAsync(options => options.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http2));
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });

        var reply = await new TestService.TestServiceClient(channel).UnaryCallAsync(new SimpleRequest { FillUsername = true });

        Assert.Equal("unknown", reply.Username);
    }

    [Fact]
    public async Task GivenHttpClient_IsUsedAndNotDisposedOf()
    {
        await using var app = await StartAsync(options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        using var http = new HttpClient();
        for (var i = 0; i < 2; i++)
        {
            using var channel = GrpcChannel.ForAddress(app.Urls.Single(), new GrpcChannelOptions { HttpClient = http });
            Assert.StartsWith("ipv4:127.0.0.1:", (await new TestService.TestServiceClient(channel).UnaryCallAsync(new SimpleRequest { FillUsername = true })).Username, StringComparison.Ordinal);
        }
    }

    private static async Task<WebApplication> StartAsync(Action<KestrelServerOptions> listen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(listen);
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<WhoCalls>();
        await app.StartAsync();
        return app;
    }

    private static X509Certificate2 Certificate(string commonName, string? dnsName = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        if (dnsName is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(dnsName);
            request.CertificateExtensions.Add(names.Build());
        }

        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private sealed class WhoCalls : TestService.TestServiceBase
    {
        public override Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context) => Task.FromResult(new SimpleResponse
        {
            Username = request.FillUsername ? context.Peer : string.Join(' ', context.AuthContext.Properties.Select(property => $"{property.Name}={property.Value}")),
            OauthScope = context.RequestHeaders.GetValue("x-credential") ?? "",
        });
    }
}
