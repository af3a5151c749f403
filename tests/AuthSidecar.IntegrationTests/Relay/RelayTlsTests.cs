using System.Net;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>An application behind TLS: its certificate is verified.</summary>
public sealed class RelayTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new("the application's authority");
    private readonly SidecarSandbox _directory = new();

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OnlyATrustedCertificate_IsAccepted(bool isTrusted)
    {
        await using var application = await StartAsync();
        var authority = _directory.WriteSecret("authority.pem", _authority.Pem);
        using var sandbox = new SidecarSandbox { Wrapper = isTrusted ? ["/usr/bin/env", $"SSL_CERT_FILE={authority}"] : [] };
        sandbox.Settings["Listen"]!["Relay"] = "http://127.0.0.1:0";
        sandbox.Settings["Policies"]!["app"]!["Relay"] = $"wss://127.0.0.1:{application.Services.Addresses()[0].Port}/x";
        sandbox.Settings["Rules"] = System.Text.Json.Nodes.JsonNode.Parse("""[ { "Path": "/{**rest}", "Policy": "app" } ]""");
        sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        await seeder.AddUserAsync("ada");
        var key = await seeder.AddKeyAsync("ada", "apps:run");
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var client = await RelayClient.ConnectAsync(sidecar.ListenerAddress("relay").Port, "/x");
        await client.EnterAsync(key.Token);

        if (isTrusted)
        {
            await client.SendTextAsync("hello");
            Assert.Equal("hello", await client.ReceiveTextAsync());
        }
        else
        {
            Assert.Equal((1013, "upstream_unavailable"), await client.ClosedAsync());
        }
    }

    private async Task<WebApplication> StartAsync()
    {
        var (certificate, key) = (Path.Combine(_directory.Root, "server.pem"), Path.Combine(_directory.Root, "server.key"));
        _authority.WriteServer(certificate, key);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
                listen.UseHttps(System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(certificate, key))
            )
        );
        var application = builder.Build();
        application.UseWebSockets();
        application.Run(async http =>
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            var talk = new SocketConversation(socket);
            await talk.SendTextAsync(await talk.ReceiveTextAsync());
            await talk.ClosedAsync();
        });
        await application.StartAsync();
        return application;
    }
}
