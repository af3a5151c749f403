using AuthSidecar.Decisions.Providers;

namespace AuthSidecar.Tests.Decisions.Providers;

/// <summary>Endpoint kinds of requests behind any prefix; a path that merely ends like an endpoint is not matched.</summary>
public sealed class EndpointMapTests
{
    [Theory]
    [InlineData("POST", "/v1/chat/completions", "Generates")]
    [InlineData("POST", "/openai/v1/chat/completions", "Generates")]
    [InlineData("POST", "/openai/chat/completions", "Generates")]
    [InlineData("POST", "/gateway/v1/openai/v1/chat/completions", "Generates")]
    [InlineData("POST", "/models/openai/v1/chat/completions", "Generates")]
    [InlineData("POST", "/api/paas/v4/chat/completions", "Generates")]
    [InlineData("POST", "/chat/completions", "Generates")]
    [InlineData("POST", "/v1/responses", "Generates")]
    [InlineData("POST", "/v1/responses/compact", "Generates")]
    [InlineData("POST", "/v1/embeddings", "Generates")]
    [InlineData("WS", "/v1/realtime", "Generates")]
    [InlineData("WS", "/v1/responses", "Generates")]
    [InlineData("GET", "/v1/models", "ListsModels")]
    [InlineData("HEAD", "/v1/models", "ListsModels")]
    [InlineData("GET", "/v1/models/ft:gpt-4o:org::id", "ListsModels")]
    [InlineData("GET", "/v1/models/meta-llama/Llama-3", "ListsModels")]
    [InlineData("POST", "/v1/responses/input_tokens", "CountsTokens")]
    [InlineData("HEAD", "/v1/chat/completions", "Bookkeeping")]
    [InlineData("GET", "/v1/chat/completions", "ReadsResult")]
    [InlineData("GET", "/v1/responses/resp_1", "ReadsResult")]
    [InlineData("GET", "/openai/v1/batches/batch_1", "ReadsResult")]
    [InlineData("POST", "/v1/batches", "Generates")]
    [InlineData("POST", "/v1/batches/batch_1/cancel", "ReadsResult")]
    [InlineData("POST", "/v1/threads", "Bookkeeping")]
    [InlineData("POST", "/v1/threads/thread_1", "Bookkeeping")]
    [InlineData("POST", "/v1/threads/runs", "Generates")]
    [InlineData("POST", "/v1/threads/runs/runs", "Generates")]
    [InlineData("POST", "/v1/threads/thread_1/runs", "Generates")]
    [InlineData("POST", "/v1/threads/thread_1/runs/run_1", "ReadsResult")]
    [InlineData("POST", "/v1/threads/thread_1/runs/run_1/submit_tool_outputs", "Generates")]
    [InlineData("GET", "/v1/threads/thread_1/runs/run_1", "ReadsResult")]
    [InlineData("GET", "/v1/threads/thread_1/runs/run_1/steps", "Bookkeeping")]
    [InlineData("GET", "/v1/threads/thread_1/runs/run_1/steps/step_1", "Bookkeeping")]
    [InlineData("POST", "/v1/moderations", "Moderates")]
    [InlineData("POST", "/v1/chat/completions/chatcmpl_1", "ReadsResult")]
    [InlineData("POST", "/v1/videos/edits", "Generates")]
    [InlineData("POST", "/v1/videos/extensions", "Generates")]
    [InlineData("POST", "/v1/videos/characters", "Unknown")]
    [InlineData("POST", "/v1/videos/video_1/remix", "Generates")]
    [InlineData("POST", "/v1/evals/eval_1", "Bookkeeping")]
    [InlineData("POST", "/v1/evals/eval_1/runs", "Generates")]
    [InlineData("POST", "/v1/evals/eval_1/runs/run_1", "ReadsResult")]
    [InlineData("POST", "/v1/containers", "Generates")]
    [InlineData("POST", "/v1/conversations/conv_1", "Bookkeeping")]
    [InlineData("POST", "/v1/fine_tuning/jobs", "Generates")]
    [InlineData("POST", "/v1/fine_tuning/jobs/job_1/resume", "Generates")]
    [InlineData("POST", "/v1/fine_tuning/jobs/job_1/cancel", "Bookkeeping")]
    [InlineData("POST", "/v1/fine_tuning/alpha/graders/run", "Unknown")]
    [InlineData("POST", "/v1/realtime/calls", "Unknown")]
    [InlineData("POST", "/v1/realtime/translations/client_secrets", "Unknown")]
    [InlineData("POST", "/v1/files", "Bookkeeping")]
    [InlineData("GET", "/v1/files/file_1/content", "Bookkeeping")]
    [InlineData("DELETE", "/v1/files/file_1", "Bookkeeping")]
    [InlineData("POST", "/v1/organization/admin_api_keys", "Bookkeeping")]
    [InlineData("OPTIONS", "/v1/chat/completions", "Bookkeeping")]
    [InlineData("GET", "/v1/anything", "Bookkeeping")]
    [InlineData("WS", "/v1/anything", "Unknown")]
    [InlineData("PUT", "/v1/chat/completions", "Unknown")]
    [InlineData("POST", "/v1/chat/completions/", "Unknown")]
    [InlineData("POST", "/v1/Chat/Completions", "Unknown")]
    [InlineData("POST", "/v1/chat/completions;x", "Unknown")]
    [InlineData("POST", "/v1/chat", "Unknown")]
    [InlineData("POST", "/v1", "Unknown")]
    [InlineData("POST", "/", "Unknown")]
    [InlineData("POST", "/v1/realtime/client_secrets", "Unknown")]
    [InlineData("POST", "/v1/threads/thread_1/runs/", "Unknown")]
    public void OpenAi(string method, string path, string kind) => Assert.Equal(kind, Kind(Dialect.Openai, method, path));

    [Theory]
    [InlineData("POST", "/anthropic/v1/messages", "Generates")]
    [InlineData("POST", "/v1/complete", "Generates")]
    [InlineData("POST", "/v1/messages/count_tokens", "CountsTokens")]
    [InlineData("POST", "/v1/messages/count_tokens/", "Unknown")]
    [InlineData("GET", "/v1/models/claude-sonnet-4-5", "ListsModels")]
    [InlineData("GET", "/v1/messages/batches/b/results", "ReadsResult")]
    [InlineData("POST", "/v1/messages/batches", "Generates")]
    [InlineData("POST", "/v1/messages/batches/b/cancel", "ReadsResult")]
    [InlineData("POST", "/v1/sessions/s/events", "Unknown")]
    [InlineData("POST", "/v1/organizations/api_keys/x", "Bookkeeping")]
    public void Anthropic(string method, string path, string kind) => Assert.Equal(kind, Kind(Dialect.Anthropic, method, path));

    [Theory]
    [InlineData("POST", "/v1beta/models/gemini-2.0-flash:generateContent", "Generates")]
    [InlineData("POST", "/gemini/v1alpha/models/gemini-2.0-flash:streamGenerateContent", "Generates")]
    [InlineData("POST", "/models/gemini-2.0-flash:generateContent", "Generates")]
    [InlineData("POST", "/v1beta/models/text-embedding-004:batchEmbedContents", "Generates")]
    [InlineData("POST", "/v1beta/tunedModels/ours-1:generateContent", "Generates")]
    [InlineData("POST", "/v1beta/openai/chat/completions", "Generates")]
    [InlineData("POST", "/v1/projects/p/locations/l/publishers/google/models/imagen-3:predict", "Generates")]
    [InlineData("POST", "/v1/projects/p/locations/l/endpoints/1:predict", "Generates")]
    [InlineData("POST", "/v1beta1/projects/p/locations/l/endpoints/openapi/chat/completions", "Generates")]
    [InlineData("WS", "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent", "Generates")]
    [InlineData("WS", "/live/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained", "Generates")]
    [InlineData("POST", "/v1beta/models/gemini-2.0-flash:countTokens", "CountsTokens")]
    [InlineData("GET", "/v1beta/models/gemini-2.0-flash", "ListsModels")]
    [InlineData("GET", "/v1beta/models", "ListsModels")]
    [InlineData("GET", "/v1beta/batches/b", "ReadsResult")]
    [InlineData("POST", "/v1beta/models/gemini-2.0-flash:batchGenerateContent", "Generates")]
    [InlineData("POST", "/v1beta/models/gemini-2.0-flash:asyncBatchEmbedContent", "Generates")]
    [InlineData("POST", "/v1beta/openai/batches", "Generates")]
    [InlineData("POST", "/v1beta/cachedContents", "Generates")]
    [InlineData("POST", "/v1beta/batches/b:cancel", "Bookkeeping")]
    [InlineData("POST", "/v1beta/tunedModels/ours-1:countTokens", "Unknown")]
    [InlineData("POST", "/v1beta/fileSearchStores/s:importFile", "Unknown")]
    [InlineData("POST", "/v1beta/models/gemini-2.0-flash", "Unknown")]
    [InlineData("POST", "/v1beta/models/:generateContent", "Unknown")]
    [InlineData("POST", "/v1beta/models/a:countTokens:generateContent", "Unknown")]
    [InlineData("POST", "/v1beta/models/a:generateContent:countTokens", "Unknown")]
    [InlineData("POST", "/v1beta/models/a/b:generateContent", "Unknown")]
    [InlineData("POST", "/v1beta/models/a:GenerateContent", "Unknown")]
    [InlineData("POST", "/google.ai.generativelanguage.v1beta.GenerativeService/GenerateContent", "Unknown")]
    [InlineData("POST", "/v1/projects/p/locations/l/endpoints/e/invoke/v1/chat/completions", "Unknown")]
    [InlineData("POST", "/v1beta/files/v1beta/models/a:generateContent", "Unknown")]
    public void Gemini(string method, string path, string kind) => Assert.Equal(kind, Kind(Dialect.Gemini, method, path));

    [Theory]
    [InlineData("POST", "/openai/deployments/gpt-4o/chat/completions", "Generates")]
    [InlineData("POST", "/azure/OpenAI/Deployments/gpt-4o/Chat/Completions", "Generates")]
    [InlineData("POST", "/openai/v1/chat/completions", "Generates")]
    [InlineData("POST", "/openai/responses", "Generates")]
    [InlineData("POST", "/models/chat/completions", "Generates")]
    [InlineData("POST", "/anthropic/v1/messages", "Generates")]
    [InlineData("WS", "/openai/realtime", "Generates")]
    [InlineData("GET", "/openai/models", "ListsModels")]
    [InlineData("GET", "/openai/deployments/gpt-4o", "ListsModels")]
    [InlineData("POST", "/openai/batches", "Generates")]
    [InlineData("POST", "/openai/threads/runs", "Generates")]
    [InlineData("POST", "/openai/Threads/Runs", "Generates")]
    [InlineData("POST", "/openai/v1/video/generations/jobs", "Unknown")]
    [InlineData("POST", "/openai/deployments/gpt-4o", "Unknown")]
    [InlineData("POST", "/openai/deployments/gpt-4o/files/chat/completions", "Unknown")]
    public void Azure(string method, string path, string kind) => Assert.Equal(kind, Kind(Dialect.AzureOpenai, method, path));

    [Theory]
    [InlineData("POST", "/copilot/chat/completions", "Generates")]
    [InlineData("POST", "/copilot/v1/messages", "Generates")]
    [InlineData("POST", "/v1/engines/copilot-codex/completions", "Generates")]
    [InlineData("GET", "/models", "ListsModels")]
    [InlineData("POST", "/agents/chat/completions", "Unknown")]
    [InlineData("POST", "/v1/agents/chat/completions", "Unknown")]
    public void Copilot(string method, string path, string kind) => Assert.Equal(kind, Kind(Dialect.Copilot, method, path));

    [Theory]
    [InlineData("/openai/v1/files/v1/chat/completions")]
    [InlineData("/openai/v1/organization/projects/v1/embeddings")]
    [InlineData("/v1/fine_tuning/jobs/v1/models")]
    [InlineData("/v1/evals/v1/chat/completions")]
    [InlineData("/v1/threads/runs/v1/chat/completions")]
    [InlineData("/v1/skills/v1/chat/completions")]
    [InlineData("/v1/chatkit/sessions/v1/embeddings")]
    [InlineData("/files/chat/completions")]
    [InlineData("/v1/newer/chat/completions")]
    [InlineData("/v1/files/models")]
    [InlineData("/v1/files/models/x")]
    internal void APathOfAnotherApiThatEndsLikeAnEndpoint_IsNone(string path)
    {
        foreach (var method in (string[])["GET", "POST"])
        {
            Assert.False(EndpointMap.Of(Dialect.Openai).Find(method, path).Endpoint is { IsInference: true }, method);
        }
    }

    /// <summary>A name missing from the tables may be a route prefix or a newer collection.</summary>
    [Fact]
    public void UnlistedCollection_CountsAsAPrefix()
    {
        Assert.Equal("Generates", Kind(Dialect.Openai, "POST", "/gateway/v1/tenant-a/v1/chat/completions"));
        Assert.Equal("Generates", Kind(Dialect.Openai, "POST", "/v1/newthing/v1/chat/completions"));
    }

    /// <summary>Neither as itself nor as the method of WebSocket endpoints in the tables.</summary>
    [Fact]
    public void MethodNamedLikeTheDocumentsMarker_OpensNoSocket()
    {
        Assert.Null(EndpointMap.Of(Dialect.Openai).Find("WS", "/v1/realtime").Endpoint);
        Assert.All(EndpointTables.All.SelectMany(table => table.Value), endpoint => Assert.NotEqual("WS", endpoint.Method));
        Assert.False(RequestMethods.IsPlain(ProviderEndpoint.WebSocket));
    }

    [Fact]
    public void EachEndpoint_IsFoundByItsOwnTemplate()
    {
        foreach (var (dialect, all) in EndpointTables.All)
        {
            foreach (var endpoint in all)
            {
                var path = System.Text.RegularExpressions.Regex.Replace(endpoint.Template, @"\{[^}]+\}", "some");
                Assert.Equal(endpoint, EndpointMap.Of(dialect).Find(endpoint.Method == "*" ? "POST" : endpoint.Method, path).Endpoint);
            }
        }
    }

    private static string Kind(Dialect dialect, string method, string path) =>
        $"{EndpointMap.Of(dialect).Find(method == "WS" ? ProviderEndpoint.WebSocket : method, path).KindOf(method == "WS" ? "GET" : method, method == "WS")}";
}
