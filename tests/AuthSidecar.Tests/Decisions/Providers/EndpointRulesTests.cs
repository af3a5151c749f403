using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Tests.Decisions.Providers;

/// <summary>Endpoints that <c>Endpoints: inference</c> allows.</summary>
public sealed class EndpointRulesTests
{
    [Theory]
    [InlineData(Dialect.Openai, "/openai/v1/responses", "HEAD, POST")]
    [InlineData(Dialect.Openai, "/v1/realtime", "HEAD")]
    [InlineData(Dialect.AzureOpenai, "/openai/responses", "HEAD, POST")]
    [InlineData(Dialect.AzureOpenai, "/openai/realtime", "HEAD")]
    [InlineData(Dialect.Copilot, "/responses", "HEAD, POST")]
    [InlineData(Dialect.Gemini, "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent", "HEAD")]
    public void SocketEndpoint_AllowsNothingElse(object dialect, string path, string allow)
    {
        Assert.Null(Refuse((Dialect)dialect, ProviderEndpoint.WebSocket, path));
        Assert.Null(Refuse((Dialect)dialect, "HEAD", path));
        foreach (var method in (string[])["GET", "WS", "DELETE", "PURGE"])
        {
            var denial = Refuse((Dialect)dialect, method, path);
            Assert.Equal(("method_not_allowed", allow), (denial?.Reason, denial?.Headers.Single().Value));
        }
    }

    [Theory]
    [InlineData(Dialect.Openai, "/v1/batches")]
    [InlineData(Dialect.Openai, "/v1/threads/runs")]
    [InlineData(Dialect.Openai, "/v1/threads/thread_1/runs")]
    [InlineData(Dialect.Openai, "/v1/threads/thread_1/runs/run_1/submit_tool_outputs")]
    [InlineData(Dialect.Openai, "/v1/evals/eval_1/runs")]
    [InlineData(Dialect.Openai, "/v1/fine_tuning/jobs")]
    [InlineData(Dialect.Openai, "/v1/containers")]
    [InlineData(Dialect.AzureOpenai, "/openai/batches")]
    [InlineData(Dialect.AzureOpenai, "/openai/Threads/Runs")]
    [InlineData(Dialect.AzureOpenai, "/openai/fine_tuning/jobs")]
    [InlineData(Dialect.Anthropic, "/v1/messages/batches")]
    [InlineData(Dialect.Gemini, "/v1beta/models/gemini-2.0-flash:batchGenerateContent")]
    [InlineData(Dialect.Gemini, "/v1beta/models/gemini-2.0-flash:asyncBatchEmbedContent")]
    [InlineData(Dialect.Gemini, "/v1beta/tunedModels/ours:batchGenerateContent")]
    [InlineData(Dialect.Gemini, "/v1beta/tunedModels")]
    [InlineData(Dialect.Gemini, "/v1beta/cachedContents")]
    [InlineData(Dialect.Gemini, "/v1beta/openai/batches")]
    public void WhatCostsLater_Generates_AndDoesNotPass(object dialect, string path)
    {
        Assert.Equal(EndpointKind.Generates, EndpointMap.Of((Dialect)dialect).Find("POST", path).KindOf("POST", isWebSocket: false));
        Assert.Equal("path_not_allowed", Refuse((Dialect)dialect, "POST", path)?.Reason);
    }

    private static Denial? Refuse(Dialect dialect, string method, string path)
    {
        var rules = new EndpointRules(dialect, isOpen: false, [], []);
        return rules.Allows(rules.Find(method, path), method, path, out var allowed) ? null
            : allowed is null ? Denials.PathNotAllowed
            : MethodDenial.With(allowed);
    }
}
