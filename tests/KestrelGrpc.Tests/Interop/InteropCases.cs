namespace KestrelGrpc.Tests.Interop;

/// <summary>The official cases, by their official names, as run by our client.</summary>
internal static class InteropCases
{
    private static readonly Dictionary<string, Func<InteropTarget, Task>> All = new(StringComparer.Ordinal)
    {
        ["empty_unary"] = UnaryCases.EmptyUnaryAsync,
        ["large_unary"] = UnaryCases.LargeUnaryAsync,
        ["concurrent_large_unary"] = UnaryCases.ConcurrentLargeUnaryAsync,
        ["client_compressed_unary"] = UnaryCases.ClientCompressedUnaryAsync,
        ["server_compressed_unary"] = UnaryCases.ServerCompressedUnaryAsync,
        ["client_streaming"] = StreamingCases.ClientStreamingAsync,
        ["client_compressed_streaming"] = StreamingCases.ClientCompressedStreamingAsync,
        ["server_streaming"] = StreamingCases.ServerStreamingAsync,
        ["server_compressed_streaming"] = StreamingCases.ServerCompressedStreamingAsync,
        ["ping_pong"] = StreamingCases.PingPongAsync,
        ["empty_stream"] = StreamingCases.EmptyStreamAsync,
        ["cancel_after_begin"] = EndingCases.CancelAfterBeginAsync,
        ["cancel_after_first_response"] = EndingCases.CancelAfterFirstResponseAsync,
        ["timeout_on_sleeping_server"] = EndingCases.TimeoutOnSleepingServerAsync,
        ["custom_metadata"] = EndingCases.CustomMetadataAsync,
        ["status_code_and_message"] = EndingCases.StatusCodeAndMessageAsync,
        ["special_status_message"] = EndingCases.SpecialStatusMessageAsync,
        ["unimplemented_method"] = EndingCases.UnimplementedMethodAsync,
        ["unimplemented_service"] = EndingCases.UnimplementedServiceAsync,
    };

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>For servers that cannot compress what they send.</summary>
    public static TheoryData<string> NamesWithoutServerCompression => [.. All.Keys.Where(name => !name.StartsWith("server_compressed_", StringComparison.Ordinal))];

    public static async Task RunAsync(string name, Uri address, bool reportsCompression)
    {
        using var target = InteropTarget.Connect(address, reportsCompression);
        CompressionProbe.BeginCall();
        await All[name](target).WaitAsync(TimeSpan.FromSeconds(60));
    }
}
