using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AuthSidecar.Benchmarks;

/// <summary>Requests at a constant rate, independent of the responses, from threads that only send, wait and read the clock.</summary>
internal sealed class PacedLoad(int port, string token)
{
    private const int Senders = 20;
    private readonly byte[] _request = Encoding.ASCII.GetBytes(
        $"GET /app HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    );

    /// <returns>Milliseconds from sending to the complete response, for each request.</returns>
    public List<double> Run(int perSecond, TimeSpan duration)
    {
        var interval = TimeSpan.FromSeconds((double)Senders / perSecond);
        var times = new List<double>[Senders];
        var faults = new Exception?[Senders];
        var clock = Stopwatch.StartNew();
        var threads = Enumerable
            .Range(0, Senders)
            .Select(sender => new Thread(() =>
            {
                try
                {
                    times[sender] = Send(clock, interval * sender / Senders, interval, duration);
                }
                catch (Exception fault)
                {
                    faults[sender] = fault;
                }
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return faults.FirstOrDefault(fault => fault is not null) is { } first
            ? throw new InvalidOperationException("A sender failed.", first)
            : [.. times.SelectMany(all => all)];
    }

    private List<double> Send(Stopwatch clock, TimeSpan next, TimeSpan interval, TimeSpan duration)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        var buffer = new byte[8192];
        Send(socket, buffer);
        var times = new List<double>();
        for (; next < duration; next += interval)
        {
            if (next - clock.Elapsed is { Ticks: > 0 } pause)
            {
                Thread.Sleep(pause);
            }

            var sent = Stopwatch.GetTimestamp();
            Send(socket, buffer);
            times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        return times;
    }

    private void Send(Socket socket, byte[] buffer)
    {
        socket.Send(_request);
        var length = 0;
        do
        {
            var received = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            length += received > 0 ? received : throw new IOException("The connection ended.");
        } while (!IsWhole(Encoding.Latin1.GetString(buffer, 0, length)));
    }

    private static bool IsWhole(string answer)
    {
        if (!answer.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            return false;
        }

        return answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal)
            ? answer.EndsWith(LatencyBenchmark.UpstreamAnswer, StringComparison.Ordinal)
            : throw new InvalidOperationException($"Unexpected answer: {answer}");
    }
}
