using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Documents;

public class ApiContractTests
{
    private const string Document = """
        {
          "paths": {
            "/item": {
              "get": {
                "responses": {
                  "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Item" } } } }
                }
              }
            }
          },
          "components": { "schemas": { "Item": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } } } }
        }
        """;

    private readonly ApiContract _contract = new(Document);

    private void Check(string body) => _contract.Check("GET", "/item", 200, "application/json", body);

    [Fact]
    public void AnswersAtOnce_AreEachValidated() =>
        Parallel.For(0, 10_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ => Check("""{"id": "a"}"""));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"id": 1}""")]
    [InlineData("""{"id": "a", "other": 1}""")]
    public void AnswerThatTheDocumentDoesNotDescribe_Fails(string body) => Assert.ThrowsAny<Exception>(() => Check(body));
}
