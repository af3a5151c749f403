using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Grpc.Testing;
using KestrelGrpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KestrelGrpc.Tests.Wire;

public class ConnectionTests
{
    [Fact]
    public async Task Http11OnAnHttp1Endpoint_Is426()
    {
        var definition = ServerServiceDefinition.CreateBuilder().AddUnary(WireServer.Unary, (_, _) => Task.FromResult(new SimpleResponse())).Build();
        await using var server = await GrpcServer.StartAsync(app => app.MapGrpcService(definition), protocols: HttpProtocols.Http1);
        using var client = new HttpClient();
        using var content = new ByteArrayContent(Request.Simple());
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/grpc");

        using var reply = await client.PostAsync(new Uri(server.Address, Request.UnaryPath), content);

        Assert.Equal(HttpStatusCode.UpgradeRequired, reply.StatusCode);
        Assert.Equal("HTTP/2", Assert.Single(reply.Headers.Upgrade).ToString());
    }

    [Fact]
    public async Task Http11OnTheHttp2Port_IsRefusedAndClosed()
    {
        await using var server = await WireServer.StartAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(server.Host.Address.Host, server.Host.Address.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST {Request.UnaryPath} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n"));

        using var reader = new StreamReader(tcp.GetStream());
        var reply = await reader.ReadToEndAsync().WaitAsync(RawConnection.Patience);

        Assert.StartsWith("HTTP/1.1 400 ", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_LetsAnOpenCallFinish()
    {
        var started = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        await using var server = await WireServer.StartAsync(async (_, _) =>
        {
            started.SetResult();
            await finish.Task;
            return new SimpleResponse { Username = "ok" };
        });
        var stream = await server.Connection.SendHeadersAsync(Request.Headers());
        await stream.SendDataAsync(Request.Simple(), endStream: true);
        await started.Task.WaitAsync(RawConnection.Patience);

        var stop = server.Host.StopAsync();
        var goAway = await server.Connection.NextAsync(RawFrameType.GoAway);
        finish.SetResult();
        var reply = await stream.ReplyAsync();

        // Kestrel looks for the end of the last stream when the next frame comes; without one it waits for the shutdown timeout.
        await server.Connection.SendAsync(RawFrameType.Ping, 0, 0, new byte[8]);
        var last = await server.Connection.NextAsync(RawFrameType.GoAway);
        await stop.WaitAsync(RawConnection.Patience);

        Assert.Equal((0, int.MaxValue), (goAway!.ErrorCode, goAway.LastStreamId));
        Assert.Equal((0, stream.Id), (last!.ErrorCode, last.LastStreamId));
        Assert.Equal("ok", reply.Message(SimpleResponse.Parser).Username);
    }
}
